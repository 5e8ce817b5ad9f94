using System.Text;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>Taking tasks out and bringing them in.</summary>
internal static class TransferApi
{
    /// <summary>A little less than the 4 MiB that a sidecar passes on.</summary>
    private const long LargestFile = 4_000_000;

    private static readonly Dictionary<string, ITaskFormat> s_formats = new ITaskFormat[] { new JsonTasks(), new CsvTasks(), new ICalendarTasks() }.ToDictionary(f => f.Extension);

    public static IServiceCollection AddTransfer(this IServiceCollection services)
    {
        // Spreadsheets write windows-1252 and its like.
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return services.AddSingleton<TaskImport>();
    }

    public static void MapTransfer(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/tasks").WithTags("Tasks");
        group.MapGet("/export", Export).WithSummary("All of the caller's tasks as a file: format=json, csv or ics");
        group.MapPost("/import", ImportAsync).WithMetadata(new RequestSizeLimitAttribute(LargestFile)).Accepts<string>("application/json", "text/csv", "text/calendar")
            .WithSummary("Add the tasks of a file; those that are there already stay as they are, so that it can be sent again");
    }

    private static PushStreamHttpResult Export(string? format, CurrentUser user, TaskStore tasks, GraphStore graphs, TimeProvider time, HttpContext context)
    {
        var chosen = s_formats.GetValueOrDefault(format ?? "json") ?? throw ApiException.Validation("format", $"One of {string.Join(", ", s_formats.Keys)}.");
        return TypedResults.Stream(output => chosen.WriteAsync(output, AllAsync(user.Id, tasks, graphs, context.RequestAborted), context.RequestAborted), chosen.ContentType, $"tasks-{time.GetUtcNow():yyyy-MM-dd}.{chosen.Extension}");
    }

    private static async IAsyncEnumerable<TransferTask> AllAsync(string userId, TaskStore tasks, GraphStore graphs, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var graph = await graphs.OfAsync(userId, cancellationToken);
        await foreach (var batch in tasks.AllAsync(userId, cancellationToken))
            foreach (var task in batch)
                yield return TransferTask.Of(task, graph.DependenciesOf(task.Id));
    }

    private static async Task<Ok<ImportView>> ImportAsync(string? timeZone, CurrentUser user, TaskImport import, HttpContext context, CancellationToken cancellationToken)
    {
        var type = context.Request.ContentType?.Split(';')[0].Trim();
        var format = s_formats.Values.FirstOrDefault(f => f.ContentType.Equals(type, StringComparison.OrdinalIgnoreCase))
            ?? throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", $"Content-Type is one of {string.Join(", ", s_formats.Values.Select(f => f.ContentType))}.");
        if (Zones.Find(timeZone ?? "UTC") is not { } zone)
            throw ApiException.Validation("timeZone", "An IANA time zone such as Europe/Berlin.");
        try
        {
            return TypedResults.Ok(await import.AddAsync(await format.ReadAsync(InUtf8(context.Request), zone, cancellationToken), user, context.TraceIdentifier, cancellationToken));
        }
        catch (FormatException e)
        {
            throw ApiException.Validation("body", e.Message);
        }
    }

    private static Stream InUtf8(HttpRequest request)
    {
        var charset = request.GetTypedHeaders().ContentType?.Charset.ToString().Trim('"');
        if (string.IsNullOrEmpty(charset) || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return request.Body;
        try
        {
            return Encoding.CreateTranscodingStream(request.Body, Encoding.GetEncoding(charset), Encoding.UTF8);
        }
        catch (ArgumentException)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", $"The charset '{charset}' is not known here; send UTF-8.");
        }
    }
}
