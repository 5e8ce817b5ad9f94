using Microsoft.Extensions.Options;

namespace Deepiri.Cyrex.Batching;

/// <summary>How requests are gathered into runs of a model.</summary>
internal sealed class BatchingOptions
{
    /// <summary>How many requests one run answers at most, 1 to 10; 10.</summary>
    public int Largest { get; set; } = Models.BatchLimits.Largest;

    /// <summary>How long a request waits for others when several wait; 1 ms.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>How many requests may wait; 512.</summary>
    public int QueueLength { get; set; } = 512;
}

internal sealed class BatchingOptionsValidator : IValidateOptions<BatchingOptions>
{
    public ValidateOptionsResult Validate(string? name, BatchingOptions options)
    {
        var faults = new List<string>();
        if (options.Largest is < 1 or > Models.BatchLimits.Largest)
            faults.Add($"Batching:Largest is {options.Largest}; it must be between 1 and {Models.BatchLimits.Largest}.");
        if (options.Window < TimeSpan.Zero || options.Window > TimeSpan.FromSeconds(1))
            faults.Add($"Batching:Window is {options.Window}; it must be between 0 and 1 second, for example 00:00:00.001.");
        if (options.QueueLength < 1)
            faults.Add($"Batching:QueueLength is {options.QueueLength}; it must be at least 1.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
