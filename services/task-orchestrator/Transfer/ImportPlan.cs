using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>What is wrong with a task of a file.</summary>
/// <param name="Index">Its place in the file, from 0.</param>
/// <param name="BroughtIn">Whether it was brought in nevertheless, without what is wrong.</param>
internal sealed record ImportFault(int Index, string? Uid, bool BroughtIn, IReadOnlyDictionary<string, string[]> Faults);

/// <param name="Created">How many tasks were added.</param>
/// <param name="Present">How many were there already.</param>
/// <param name="Failed">How many were not brought in.</param>
/// <param name="Faults">What is wrong; the first 100.</param>
/// <param name="WithoutDependencies">Why the tasks were brought in without their dependencies; null when they were not.</param>
internal sealed record ImportView(int Created, int Present, int Failed, IReadOnlyList<ImportFault> Faults, string? WithoutDependencies);

/// <summary>What the tasks of a file become.</summary>
internal sealed class ImportPlan(string userId, DateTimeOffset now)
{
    private const int MostFaultsShown = 100;
    private const int MostFaultsKept = 1000;
    private const int MostParts = 100;
    private const int LongestUid = 500;

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly List<(int Index, TransferTask Read, TaskItem Task)> _tasks = [];
    private readonly List<ImportFault> _faults = [];
    private int _failed;

    public string UserId => userId;

    public int Created { get; set; }

    public int Present { get; set; }

    public string? WithoutDependencies { get; set; }

    /// <summary>Takes in one task of the file.</summary>
    /// <param name="owned">Uids that are tasks of the user.</param>
    public void Read(int index, TransferTask? task, string? fault, HashSet<string> owned)
    {
        if (task is null)
        {
            Refuse(index, null, new Dictionary<string, string[]> { ["task"] = [fault ?? "This cannot be read."] });
            return;
        }
        // Without a uid the place and the title have to do.
        var uid = task.Uid is { Length: > 0 and <= LongestUid } given ? given : $"{index}:{task.Title}";
        if (!_ids.TryAdd(uid, owned.Contains(uid) ? uid : IdOf(uid, task.CreatedAt)))
        {
            Refuse(index, task.Uid, new Dictionary<string, string[]> { ["uid"] = ["Another task of the file has it, too."] });
            return;
        }
        if (owned.Contains(uid))
        {
            Present++;
            return;
        }
        try
        {
            TaskRules.ForPresent.Check(task.ToRequest());
            _tasks.Add((index, task, ItemOf(_ids[uid], task)));
            if (fault is not null)
                Doubt(index, task.Uid, new Dictionary<string, string[]> { ["task"] = [fault] });
        }
        catch (ApiException e)
        {
            _ids.Remove(uid);
            Refuse(index, task.Uid, e.Details.ToDictionary(d => d.Key, d => (string[])d.Value!));
        }
    }

    /// <summary>The newest task of each series.</summary>
    public IEnumerable<TaskItem> Newest() => Parents().Where(t => t.Recurrence is not null).GroupBy(t => t.Recurrence!.SeriesId).Select(s => s.MaxBy(t => t.Recurrence!.Number)!);

    /// <summary>Those that are no part of another.</summary>
    public IEnumerable<TaskItem> Parents() => _tasks.Where(t => t.Read.Parent is null).Select(t => t.Task);

    /// <summary>Those that are a part of another, which is one of the file or of the user.</summary>
    public IEnumerable<TaskItem> Parts()
    {
        var parts = _tasks.Where(t => t.Read.Parent is not null).Select(t => t.Task.Id).ToHashSet(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, read, task) in _tasks.Where(t => t.Read.Parent is not null))
        {
            var parent = _ids.GetValueOrDefault(read.Parent!);
            if (parent is not null && !parts.Contains(parent) && (counts[parent] = counts.GetValueOrDefault(parent) + 1) <= MostParts)
                yield return task with { ParentId = parent, Recurrence = null };
            else
            {
                Doubt(index, read.Uid, new Dictionary<string, string[]> { ["parent"] = [$"There is no such task in the file, it is a part itself, or it has more than {MostParts} parts."] });
                yield return task;
            }
        }
    }

    /// <summary>Which task comes after which, by their ids.</summary>
    public IReadOnlyList<(string Id, string On)> Edges()
    {
        var edges = new List<(string, string)>();
        foreach (var (index, read, task) in _tasks)
        {
            var named = (read.DependsOn ?? []).OfType<string>().Distinct(StringComparer.Ordinal).Take(TaskGraph.MostDependencies + 1).ToList();
            if (named.Find(uid => !_ids.ContainsKey(uid)) is { } unknown)
                Doubt(index, read.Uid, new Dictionary<string, string[]> { ["dependsOn"] = [$"There is no task '{(unknown.Length > LongestUid ? unknown[..LongestUid] : unknown)}' in the file."] });
            edges.AddRange(named.Where(_ids.ContainsKey).Select(uid => (task.Id, _ids[uid])));
        }
        return edges;
    }

    public ImportView View() => new(Created, Present, _failed, [.. _faults.OrderBy(f => f.Index).Take(MostFaultsShown)], WithoutDependencies);

    private void Refuse(int index, string? uid, IReadOnlyDictionary<string, string[]> faults)
    {
        _failed++;
        Add(new ImportFault(index, uid, false, faults));
    }

    /// <summary>Notes what is wrong with a task that is brought in without it.</summary>
    private void Doubt(int index, string? uid, IReadOnlyDictionary<string, string[]> faults) => Add(new ImportFault(index, uid, true, faults));

    private void Add(ImportFault fault)
    {
        if (_faults.Count < MostFaultsKept)
            _faults.Add(fault);
    }

    private TaskItem ItemOf(string id, TransferTask task)
    {
        var item = (TaskItem.New(userId, now) with { Id = id, CreatedAt = Past(task.CreatedAt) }).With(task.ToRequest(), now);
        return item with
        {
            CompletedAt = task.Status == TaskState.Done ? Past(task.CompletedAt) : null,
            // Several tasks of one series stay in one, so that each occurrence comes once.
            Recurrence = item.Recurrence is { } r ? r with { SeriesId = TaskIds.Of(DateTimeOffset.UnixEpoch, $"{userId}\nseries\n{task.Series ?? id}") } : null,
        };
    }

    private DateTimeOffset Past(DateTimeOffset? at) => at is { } given && given < now ? given.ToUniversalTime() : now;

    /// <summary>By what the file itself says, so that it is the same however often and whenever the file is brought in.</summary>
    private string IdOf(string uid, DateTimeOffset? createdAt) =>
        TaskIds.Of(createdAt is { UtcDateTime.Year: >= 1970 and < TextRules.LastYear } at ? at : DateTimeOffset.UnixEpoch, $"{userId}\n{uid}");
}
