using System.Text;
using Deepiri.Cyrex.TaskUnderstanding;

namespace Deepiri.Cyrex.TextGeneration;

/// <summary>A plan without a text model: the usual steps of what a wish is about, with their share of the time that it takes.</summary>
internal static class PlanRules
{
    private static readonly Dictionary<string, string[]> s_steps = new()
    {
        ["work"] = ["Write down what it is for and when it is done", "Collect what you need from others", "Make a first version", "Have somebody look at it", "Finish it and tell those who wait"],
        ["learning"] = ["Say what you want to be able to do", "Read or watch the basics once", "Try it yourself without looking", "Repeat what you got wrong", "Explain it to somebody in your own words"],
        ["health"] = ["Choose a day and an hour", "Prepare what you need the evening before", "Begin with half of what you plan", "Note how it went", "Choose the next time"],
        ["finance"] = ["Collect the papers and numbers", "List what is due and when", "Decide what to change", "Do it, and keep the proof", "Set a reminder for the next time"],
        ["home"] = ["Look at what there is to do", "Get tools and supplies", "Clear the space", "Do the work", "Put everything back"],
        ["errands"] = ["Make a list", "Check opening hours and what to bring", "Put the stops in an order", "Go", "Cross off what is done"],
        ["social"] = ["Ask who is there and when", "Choose a place", "Invite, and say what to bring", "Prepare", "Say thank you afterwards"],
        ["creative"] = ["Collect ideas without judging them", "Choose one", "Make a rough version in one go", "Let it rest, then improve it", "Show it to somebody"],
    };

    /// <summary>A plan for a task of a category.</summary>
    public static string For(ParsedTask task)
    {
        var steps = s_steps[task.Category?.Value ?? "work"];
        var minutes = task.EstimateMinutes?.Value;
        var plan = new StringBuilder($"A plan for: {task.Title.Value}\n");
        for (var i = 0; i < steps.Length; i++)
            plan.Append($"\n{i + 1}. {steps[i]}").Append(minutes is { } all ? $" (about {Math.Max(5, all / steps.Length / 5 * 5)} min)" : "");
        return plan.Append(task.Due is { } due ? $"\n\nIt is due on {due.Value:dddd, d MMMM, HH:mm}." : "").ToString();
    }
}
