using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.TaskOrchestrator.QuickAdd;

/// <summary>Has cyrex read what people write; without it the text is the title.</summary>
internal sealed partial class TaskReader(ServiceClients services, ILogger<TaskReader> log)
{
    /// <summary>Reading takes milliseconds, and somebody waits.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public async Task<Understanding> ReadAsync(TaskText text, string userId, CancellationToken cancellationToken)
    {
        try
        {
            return await services.PostAsync<TaskText, Understanding>("cyrex", "/agent/parse-task", text, userId, s_patience, cancellationToken);
        }
        catch (ApiException e)
        {
            NotRead(log, e);
            return Understanding.Of(text.Text!);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "cyrex does not answer; a task's text becomes its title")]
    private static partial void NotRead(ILogger log, Exception e);
}
