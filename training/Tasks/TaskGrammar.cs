using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Tasks;

/// <summary>A sentence and what a task model should make of it.</summary>
internal sealed record LabelledTask(string Text, string Category, string Priority, double Minutes, string Difficulty);

/// <summary>
/// Sentences as people write tasks: <c>[opening] activity [qualifier] [context] [urgency]</c>, with the words of <see cref="Lexicon"/>, in drawn
/// order and spelling. The activity gives category, time and difficulty; qualifiers change time and difficulty; urgency gives the priority.
/// </summary>
internal static class TaskGrammar
{
    private static readonly string[] s_openings = ["", "", "", "", "", "", "todo: ", "need to ", "i need to ", "remember to ", "don't forget to ", "have to ", "must ", "should ", "please ", "we need to ", "want to ", "plan to ", "let's ", "task: ", "- ", "try to ", "gotta "];

    private static readonly (string Text, double Times, int Harder)[] s_qualifiers =
    [
        ("", 1, 0), ("", 1, 0), ("", 1, 0), ("", 1, 0), ("", 1, 0), ("", 1, 0),
        ("quickly", 0.5, -1), ("real quick", 0.5, -1), ("a quick pass over", 0.5, -1), ("briefly", 0.5, -1),
        ("thoroughly", 2, 1), ("the whole", 2, 1), ("from scratch", 2.5, 1), ("in detail", 1.8, 1), ("finally", 1, 0), ("properly", 1.5, 0), ("the first draft of", 0.8, 0), ("all of", 1.8, 0), ("part of", 0.6, 0), ("start to", 0.7, 0),
    ];

    private static readonly string[] s_contexts =
    [
        "", "", "", "", "", "", "for the team", "for anna", "with tom", "with my sister", "for monday", "on friday", "this week", "next week", "tomorrow", "tonight", "before lunch", "after work", "at 5pm", "by friday",
        "at home", "in the office", "for the client", "for school", "on saturday", "in the morning", "for mum", "with the kids", "by the end of the month", "for 2 hours", "online", "for next year",
    ];

    private static readonly (string Text, string Priority)[] s_urgencies =
    [
        ("urgent", "urgent"), ("urgent!", "urgent"), ("asap", "urgent"), ("asap!!", "urgent"), ("immediately", "urgent"), ("right now", "urgent"), ("emergency", "urgent"), ("it's overdue", "urgent"), ("critical", "urgent"), ("this can't wait", "urgent"), ("right away", "urgent"), ("drop everything", "urgent"), ("blocker", "urgent"), ("now", "urgent"), ("due today", "urgent"), ("deadline is today", "urgent"), ("at once", "urgent"), ("today, urgent", "urgent"), ("last warning", "urgent"),
        ("important", "high"), ("high priority", "high"), ("high prio", "high"), ("it is important", "high"), ("deadline is close", "high"), ("very important", "high"), ("don't miss it", "high"), ("must not slip", "high"), ("soon", "high"), ("as soon as possible if you can", "high"), ("they are waiting for it", "high"), ("top of the list", "high"), ("crucial", "high"), ("essential", "high"), ("really important", "high"), ("priority", "high"), ("deadline soon", "high"), ("due soon", "high"), ("must not forget", "high"), ("expires soon", "high"), ("they need it", "high"),
        ("when i have time", "low"), ("someday", "low"), ("no rush", "low"), ("low priority", "low"), ("maybe", "low"), ("if i get to it", "low"), ("nice to have", "low"), ("whenever", "low"), ("not urgent", "low"), ("eventually", "low"), ("can wait", "low"), ("one of these days", "low"), ("no hurry", "low"), ("some day", "low"), ("at some point", "low"), ("some time", "low"), ("not important", "low"), ("optional", "low"), ("in my free time", "low"), ("if there is time left", "low"), ("would be nice", "low"), ("could be fun", "low"),
    ];

    /// <summary>Things that must be done at once, whatever else the sentence says.</summary>
    private static readonly (string Text, string Category, double Minutes, string Difficulty)[] s_emergencies =
    [
        ("production is down, fix it", "work", 90, "hard"), ("server outage, restore the service", "work", 90, "hard"), ("customers cannot log in, fix the login", "work", 75, "hard"), ("data loss in production, restore the backup", "work", 120, "hard"),
        ("pipe burst in the bathroom, call the plumber", "home", 30, "medium"), ("water leak under the sink, shut it off", "home", 40, "medium"), ("heating is broken, call someone", "home", 30, "medium"),
        ("card stolen, block it", "finance", 15, "easy"), ("account was hacked, change the passwords", "finance", 45, "medium"), ("rent is overdue, pay it", "finance", 10, "easy"),
        ("strong chest pain, see a doctor", "health", 120, "medium"), ("out of insulin, get the prescription", "health", 40, "easy"),
    ];

    /// <summary>Draws sentences; the same seed gives the same ones.</summary>
    public static IReadOnlyList<LabelledTask> Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Draw(random))];
    }

    private static LabelledTask Draw(Random random)
    {
        if (random.Next(25) == 0)
        {
            var (text, category, minutes, difficulty) = OneOf(random, s_emergencies);
            return new LabelledTask(Misspell(text + (random.Next(2) == 0 ? "" : " now"), random), category, "urgent", minutes * Spread(random), difficulty);
        }
        var activity = OneOf(random, Lexicon.Activities);
        var (qualifier, times, harder) = OneOf(random, s_qualifiers);
        // Most tasks say nothing of their urgency.
        var (urgency, priority) = random.Next(5) < 3 ? ("", "medium") : OneOf(random, s_urgencies);
        var what = Phrase(activity, qualifier, random);
        var context = OneOf(random, s_contexts);
        string[] parts = random.Next(4) == 0 && urgency.Length > 0 ? [urgency + (random.Next(2) == 0 ? ":" : ""), what, context] : [OneOf(random, s_openings) + what, context, urgency];
        var sentence = string.Join(' ', parts.Where(p => p.Length > 0));
        var difficulties = TaskLabels.Difficulties;
        var level = Math.Clamp(activity.Difficulty + harder, 0, difficulties.Count - 1);
        return new LabelledTask(Misspell(sentence, random), activity.Category, priority, activity.Minutes * times * Spread(random), difficulties[level]);
    }

    private static string Phrase(Activity activity, string qualifier, Random random)
    {
        var (verb, thing) = (OneOf(random, activity.Verbs), OneOf(random, activity.Things));
        return qualifier switch
        {
            "" => $"{verb} {thing}",
            "the whole" or "all of" or "part of" or "the first draft of" or "a quick pass over" => $"{verb} {qualifier} {thing}",
            "quickly" or "finally" or "briefly" or "properly" or "thoroughly" or "start to" => $"{qualifier} {verb} {thing}",
            _ => $"{verb} {thing} {qualifier}",
        };
    }

    /// <summary>People who do the same need more or less time for it.</summary>
    private static double Spread(Random random) => Math.Exp(random.NextNormal() * 0.25);

    /// <summary>One in eight sentences has a slip: two letters swapped, one missing or one doubled. Half begin with a capital.</summary>
    private static string Misspell(string text, Random random)
    {
        if (random.Next(8) == 0)
        {
            var at = random.Next(1, text.Length - 1);
            text = random.Next(3) switch
            {
                0 => text[..at] + text[at + 1] + text[at] + text[(at + 2)..],
                1 => text.Remove(at, 1),
                _ => text.Insert(at, text[at].ToString()),
            };
        }
        return random.Next(2) == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
    }

    private static T OneOf<T>(Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
