using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Deepiri.ServiceDefaults.Http;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>
/// A table (RFC 4180) with a header; only the title is needed. Commas, semicolons or tabs stand between the columns. Lists are separated by
/// semicolons. A cell that a spreadsheet would take for a formula has an apostrophe before it, which is taken away again from our own files.
/// </summary>
internal sealed class CsvTasks : ITaskFormat
{
    private const int MostColumns = 100;

    private static readonly string[] s_columns = ["uid", "title", "description", "due", "priority", "estimateMinutes", "tags", "status", "createdAt", "completedAt", "parent", "dependsOn", "recurrenceRule", "recurrenceTimeZone", "recurrenceStart", "recurrenceExcept", "series", "reminders"];
    private static readonly CsvConfiguration s_configuration = new(CultureInfo.InvariantCulture) { PrepareHeaderForMatch = header => header.Header.Trim().ToLowerInvariant(), MissingFieldFound = null, TrimOptions = TrimOptions.None };

    public string ContentType => "text/csv";

    public string Extension => "csv";

    public async Task WriteAsync(Stream output, IAsyncEnumerable<TransferTask> tasks, CancellationToken cancellationToken)
    {
        await using var csv = new CsvWriter(new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true), s_configuration);
        foreach (var column in s_columns)
            csv.WriteField(column);
        await csv.NextRecordAsync();
        await foreach (var task in tasks.WithCancellation(cancellationToken))
        {
            foreach (var cell in Cells(task))
                csv.WriteField(cell is [('=' or '+' or '-' or '@' or '\t' or '\r' or '\''), ..] ? $"'{cell}" : cell);
            await csv.NextRecordAsync();
        }
    }

    public async Task<IReadOnlyList<(TransferTask? Task, string? Fault)>> ReadAsync(Stream input, DateTimeZone zone, CancellationToken cancellationToken)
    {
        var text = await TextAsync(input, cancellationToken);
        var (delimiter, start) = Delimiter(text);
        using var csv = new CsvReader(new StringReader(text[start..]), s_configuration with { Delimiter = delimiter });
        var read = new List<(TransferTask?, string?)>();
        try
        {
            if (!await csv.ReadAsync() || !csv.ReadHeader() || !csv.HeaderRecord!.Any(h => h.Trim().Equals("title", StringComparison.OrdinalIgnoreCase)))
                throw new FormatException($"The first line names the columns: {string.Join(", ", s_columns)}. Only title is needed.");
            if (csv.HeaderRecord!.Length > MostColumns)
                throw new FormatException($"At most {MostColumns} columns.");
            var columns = s_columns.ToDictionary(c => c, c => Array.FindIndex(csv.HeaderRecord, h => h.Trim().Equals(c, StringComparison.OrdinalIgnoreCase)));
            var isOurs = s_columns.SequenceEqual(csv.HeaderRecord);
            while (await csv.ReadAsync())
            {
                if (read.Count >= ITaskFormat.Most)
                    throw ITaskFormat.TooMany();
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    read.Add((Task(name => Cell(csv, columns[name], isOurs), zone), null));
                }
                catch (FormatException e)
                {
                    read.Add((null, e.Message));
                }
            }
        }
        catch (CsvHelperException e)
        {
            throw new FormatException($"Line {csv.Parser.RawRow} is not CSV.", e);
        }
        return read;
    }

    private static IEnumerable<string> Cells(TransferTask t) =>
    [
        t.Uid ?? "", t.Title ?? "", t.Description ?? "", Written(t.Due), t.Priority is { } p ? Words<TaskPriority>.Of(p) : "", t.EstimateMinutes?.ToString(CultureInfo.InvariantCulture) ?? "", Joined(t.Tags), t.Status is { } s ? Words<TaskState>.Of(s) : "",
        Written(t.CreatedAt), Written(t.CompletedAt), t.Parent ?? "", Joined(t.DependsOn), t.Recurrence?.Rule ?? "", t.Recurrence?.TimeZone ?? "", Written(t.Recurrence?.Start), Joined(t.Recurrence?.Except?.Select(e => Written(e))), t.Series ?? "", Joined(t.Reminders?.Select(m => m.ToString(CultureInfo.InvariantCulture))),
    ];

    private static TransferTask Task(Func<string, string?> cell, DateTimeZone zone)
    {
        DateTimeOffset? Time(string column) => CsvTasks.Time(column, cell(column), zone);
        return new TransferTask(
            cell("uid"), cell("title"), cell("description"), Time("due"), Word<TaskPriority>("priority", cell("priority")), Number("estimateMinutes", cell("estimateMinutes")), Split(cell("tags")), Word<TaskState>("status", cell("status")),
            Time("createdAt"), Time("completedAt"), cell("parent"), Split(cell("dependsOn")),
            cell("recurrenceRule") is { } rule ? new RecurrenceRequest(rule, cell("recurrenceTimeZone"), Time("recurrenceStart"), Except(cell("recurrenceExcept"), zone)) : null,
            cell("series"), [.. Split(cell("reminders")).Select(m => Number("reminders", m)!.Value)]);
    }

    private static List<DateTimeOffset>? Except(string? cell, DateTimeZone zone) =>
        cell is null ? null : [.. Split(cell).Select(e => Time("recurrenceExcept", e, zone)!.Value)];

    private static DateTimeOffset? Time(string column, string? cell, DateTimeZone zone)
    {
        try
        {
            return LocalTimes.Parse(cell?.Trim(), zone);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{column}: {e.Message}", e);
        }
    }

    private static async Task<string> TextAsync(Stream input, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(input, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("This is not UTF-8: send its charset, for example Content-Type: text/csv; charset=windows-1252.", e);
        }
    }

    /// <summary>What stands between the columns, and where the table begins: a spreadsheet may say it in a line of its own, as sep=;.</summary>
    private static (string Delimiter, int Start) Delimiter(string text)
    {
        var end = text.IndexOf('\n') is >= 0 and var newline ? newline + 1 : text.Length;
        var header = text[..end];
        if (header.Trim() is ['s' or 'S', 'e' or 'E', 'p' or 'P', '=', var named])
            return (named.ToString(), end);
        return (",;\t".MaxBy(c => header.Count(h => h == c)).ToString(), 0);
    }

    private static string? Cell(CsvReader csv, int index, bool isOurs)
    {
        var cell = index < 0 ? null : csv.GetField(index);
        return string.IsNullOrEmpty(cell) ? null : isOurs && cell[0] == '\'' ? cell[1..] : cell;
    }

    private static string Written(DateTimeOffset? at) => at?.ToString("O", CultureInfo.InvariantCulture) ?? "";

    private static string Joined(IEnumerable<string>? items) => string.Join(';', (items ?? []).Select(i => i.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal)));

    private static List<string> Split(string? cell)
    {
        if (cell is null)
            return [];
        var items = new List<StringBuilder> { new() };
        for (var i = 0; i < cell.Length; i++)
        {
            if (cell[i] == ';')
                items.Add(new StringBuilder());
            else
                items[^1].Append(cell[i] == '\\' && i + 1 < cell.Length ? cell[++i] : cell[i]);
        }
        return [.. items.Select(i => i.ToString().Trim()).Where(i => i.Length > 0)];
    }

    private static int? Number(string column, string? cell) => cell is null ? null
        : decimal.TryParse(cell, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            && decimal.IsInteger(number) && number is >= int.MinValue and <= int.MaxValue ? (int)number : throw new FormatException($"{column}: '{cell}' is not a whole number.");

    private static T? Word<T>(string column, string? cell) where T : struct, Enum => cell is null ? null
        : Words<T>.Find(cell.Trim().ToLowerInvariant()) ?? throw new FormatException($"{column}: one of {string.Join(", ", Enum.GetValues<T>().Select(Words<T>.Of))}.");
}
