using Deepiri.Engagement.Achievements;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Deepiri.Engagement.Rules;

/// <summary>Reads the rules when the service starts, and refuses to start with wrong ones, naming every fault.</summary>
internal static class RulesFile
{
    /// <summary>The file's path is the setting <c>Engagement:Rules</c>; by default the one beside the service.</summary>
    public static IServiceCollection AddRules(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(Read(configuration["Engagement:Rules"] ?? Path.Combine(AppContext.BaseDirectory, "Rules", "rules.yaml")));

    /// <exception cref="InvalidOperationException">Names the file and all that is wrong with it.</exception>
    public static GameRules Read(string path)
    {
        GameRules rules;
        try
        {
            var yaml = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithTypeConverter(new DateConverter()).WithDuplicateKeyChecking().Build();
            rules = yaml.Deserialize<GameRules>(File.ReadAllText(path)) ?? throw new InvalidOperationException($"{path} is empty.");
        }
        catch (Exception e) when (e is YamlException or IOException)
        {
            throw new InvalidOperationException($"The rules of the game cannot be read from {path}: {(e is YamlException y ? $"line {y.Start.Line}: {(y.InnerException ?? y).Message}" : e.Message)}", e);
        }
        var faults = (Empty(rules) is { Count: > 0 } empty ? empty : Faults(rules)).ToList();
        return faults.Count == 0 ? rules : throw new InvalidOperationException($"The rules of the game in {path} have faults:{string.Concat(faults.Select(f => $"\n  {f}"))}");
    }

    /// <summary>Sections and entries that are named but have nothing in them.</summary>
    private static List<string> Empty(GameRules r) =>
    [
        .. new (string Name, object? Section)[]
        {
            ("levels", r.Levels), ("tasks", r.Tasks), ("tasks.priority", r.Tasks?.Priority), ("challenges", r.Challenges), ("challenges.attempts", r.Challenges?.Attempts), ("quests", r.Quests), ("streaks", r.Streaks), ("seasons", r.Seasons), ("achievements", r.Achievements),
        }.Where(s => s.Section is null).Select(s => $"{s.Name} is empty."),
        .. (r.Achievements ?? []).Where(a => a?.Id is null || a.Title is null || a.Description is null || a.When is null).Select(a => $"achievements: '{a?.Id}' needs an id, a title, a description and when."),
    ];

    private static IEnumerable<string> Faults(GameRules r)
    {
        foreach (var (name, value, least, most) in new (string, double, double, double)[]
        {
            ("version", r.Version, 1, int.MaxValue), ("levels.step", r.Levels.Step, 1, 1_000_000),
            ("tasks.points", r.Tasks.Points, 0, 10_000), ("tasks.minutesPerPoint", r.Tasks.MinutesPerPoint, 1, 10_000), ("tasks.mostForEffort", r.Tasks.MostForEffort, 0, 10_000), ("tasks.lateFactor", r.Tasks.LateFactor, 0, 1), ("tasks.dailyCap", r.Tasks.DailyCap, 1, 10_000_000),
            ("challenges.dailyCap", r.Challenges.DailyCap, 1, 10_000_000),
            ("quests.xpPerCount", r.Quests.XpPerCount, 0, 10_000), ("quests.share", r.Quests.Share, 0, 1), ("quests.mostReward", r.Quests.MostReward, 0, 10_000), ("quests.dailyCap", r.Quests.DailyCap, 1, 10_000_000),
            ("streaks.daysPerFreeze", r.Streaks.DaysPerFreeze, 1, 365), ("streaks.mostFreezes", r.Streaks.MostFreezes, 0, 30), ("seasons.months", r.Seasons.Months, 1, 12),
        })
            if (!(value >= least && value <= most))
                yield return $"{name} is {value}; it is a number between {least} and {most}.";
        foreach (var (priority, points) in r.Tasks.Priority)
            if (priority is not ("low" or "medium" or "high" or "urgent") || points is < 0 or > 10_000)
                yield return $"tasks.priority.{priority}: the priorities are low, medium, high and urgent, with 0 to 10000 points.";
        if (r.Challenges.Attempts.Count == 0 || !r.Challenges.Attempts.TrueForAll(a => a is >= 0 and <= 1))
            yield return "challenges.attempts is a list of at least one number between 0 and 1.";
        if (r.Seasons.Begin == default || r.Seasons.Begin.Day != 1)
            yield return "seasons.begin is the first day of a month, for example 2026-01-01.";
        foreach (var id in r.Achievements.GroupBy(a => a.Id).Where(g => g.Count() > 1))
            yield return $"achievements: '{id.Key}' is there {id.Count()} times.";
        foreach (var a in r.Achievements)
        {
            if (a.Id.Length is 0 or > 50 || !a.Id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') || a.Title.Length == 0 || a.Description.Length == 0 || a.Xp is < 0 or > 100_000)
                yield return $"achievements: '{a.Id}' needs an id of lower-case letters, digits and _, a title, a description, and 0 to 100000 xp.";
            if (a.When.Count == 0)
                yield return $"achievements: '{a.Id}' has nothing under when.";
            foreach (var (metric, least) in a.When)
                if (!Metrics.IsKnown(metric) || least < 1)
                    yield return $"achievements: '{a.Id}': when.{metric} is not one of {Metrics.Names}, with a number from 1.";
        }
    }

    private sealed class DateConverter : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(DateOnly);

        public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
        {
            var scalar = parser.Consume<YamlDotNet.Core.Events.Scalar>();
            return DateOnly.TryParseExact(scalar.Value, "yyyy-MM-dd", out var date) ? date : throw new YamlException(scalar.Start, scalar.End, $"'{scalar.Value}' is not a day such as 2026-01-01.");
        }

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) => throw new NotSupportedException("Rules are only read.");
    }
}
