using Deepiri.Contracts;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.ServiceDefaults.Errors;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Cyrex.Predictions;

/// <summary>Predictions for analytics.</summary>
internal static class PredictionsApi
{
    /// <summary>People underestimate by about a quarter, when nothing else is known.</summary>
    private const double UsualRatio = 1.25;

    public static void MapPredictions(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/agent/predict").WithTags("Predictions");
        group.MapPost("/completion-time", TimeAsync).Validate(new TimeRules()).WithSummary("How many minutes a task will take");
        group.MapPost("/churn", ChurnAsync).Validate(new ChurnRules()).WithSummary("How likely a user is not to come back within 14 days");
    }

    private static async Task<Ok<TimePrediction>> TimeAsync(TaskToTime task, ModelCatalog models, CancellationToken cancellationToken) => TypedResults.Ok(models.CompletionTime is { } model
        ? new TimePrediction((int)Math.Round(Math.Exp(await model.RunAsync(task, cancellationToken))), AnswerSources.Model)
        : new TimePrediction((int)Math.Round(task.EstimateMinutes * (task.PastTasks > 0 ? task.PastRatio : UsualRatio)), AnswerSources.Rules));

    private static async Task<Ok<ChurnPrediction>> ChurnAsync(ActivityToJudge activity, ModelCatalog models, CancellationToken cancellationToken) => TypedResults.Ok(models.Churn is { } model
        ? new ChurnPrediction(Math.Round(await model.RunAsync(activity, cancellationToken), 3), AnswerSources.Model)
        : new ChurnPrediction(Math.Round(Math.Min(0.95, activity.DaysSinceActive / 20.0), 3), AnswerSources.Rules));

    internal sealed record TimePrediction(int Minutes, string Source);

    internal sealed record ChurnPrediction(double Probability, string Source);

    private sealed class TimeRules : AbstractValidator<TaskToTime>
    {
        public TimeRules()
        {
            RuleFor(t => t.EstimateMinutes).InclusiveBetween(1, 100_000).WithMessage("Between 1 and 100,000 minutes.");
            RuleFor(t => t.Category).Must(TaskLabels.Categories.Contains).WithMessage($"One of: {string.Join(", ", TaskLabels.Categories)}.");
            RuleFor(t => t.Priority).Must(TaskLabels.Priorities.Contains).WithMessage($"One of: {string.Join(", ", TaskLabels.Priorities)}.");
            RuleFor(t => t.Subtasks).InclusiveBetween(0, 1000).WithMessage("Between 0 and 1,000.");
            RuleFor(t => t.PastRatio).InclusiveBetween(0.01, 100).WithMessage("Between 0.01 and 100; 1 when nothing is known.");
            RuleFor(t => t.PastTasks).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
            RuleFor(t => t.HourOfDay).InclusiveBetween(0, 23).WithMessage("Between 0 and 23.");
        }
    }

    private sealed class ChurnRules : AbstractValidator<ActivityToJudge>
    {
        public ChurnRules()
        {
            RuleFor(a => a.TenureDays).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
            RuleFor(a => a.DaysSinceActive).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
            RuleFor(a => a.ActiveDays7).InclusiveBetween(0, 7).WithMessage("Between 0 and 7.");
            RuleFor(a => a.ActiveDays28).InclusiveBetween(0, 28).WithMessage("Between 0 and 28.");
            RuleFor(a => a.Completed7).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
            RuleFor(a => a.Completed28).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
            RuleFor(a => a.Streak).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
            RuleFor(a => a.Overdue).GreaterThanOrEqualTo(0).WithMessage("Not negative.");
        }
    }
}
