using Deepiri.Cyrex.Batching;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Deepiri.Cyrex.Models;

/// <summary>Which models there are, how good they are, and whether they are in use.</summary>
internal static class ModelsApi
{
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.AddOptions<InferenceOptions>().BindConfiguration("Inference");
        services.AddOptions<BatchingOptions>().BindConfiguration("Batching").ValidateOnStart();
        services.AddSingleton<IValidateOptions<BatchingOptions>, BatchingOptionsValidator>();
        services.AddSingleton<ModelCatalog>().AddHostedService(provider => provider.GetRequiredService<ModelCatalog>());
        services.AddHealthChecks().AddCheck<ModelsHealthCheck>("models");
        return services;
    }

    public static void MapModels(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/models", (ModelCatalog catalog) => TypedResults.Ok(new ModelsView(catalog.RuntimeVersion, catalog.Statuses))).WithTags("Models").WithSummary("The models, their measures, and whether they are in use");

    /// <param name="Runtime">ONNX Runtime's version; null when it is not there.</param>
    internal sealed record ModelsView(string? Runtime, IReadOnlyList<ModelStatus> Models);

    private sealed class ModelsHealthCheck(ModelCatalog catalog) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(catalog.Statuses.All(m => m.Loaded) ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("Some models are not in use; rules answer instead."));
    }
}
