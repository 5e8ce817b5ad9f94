// Runs Solution.Solve once per line of standard input (a JSON array of arguments) and answers with a line of JSON each.
// What the solution prints goes to standard error, so that it cannot be taken for an answer.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json;

internal static class Harness
{
    private static readonly StreamWriter s_answers = new(Console.OpenStandardOutput()) { AutoFlush = true };

    private static void Main()
    {
        Console.SetOut(Console.Error);
        var solve = typeof(Harness).Assembly.GetType("Solution")?.GetMethod("Solve", BindingFlags.Public | BindingFlags.Static);
        if (solve is null)
        {
            Answer(new { fault = "there is no public static method 'Solve' in a class 'Solution'" });
            return;
        }
        var types = solve.GetParameters().Select(p => p.ParameterType).ToArray();
        while (Console.In.ReadLine() is { } line)
        {
            try
            {
                var given = JsonSerializer.Deserialize<JsonElement[]>(line)!;
                Answer(new { output = solve.Invoke(null, given.Zip(types, (value, type) => value.Deserialize(type)).ToArray()) });
            }
            catch (Exception e)
            {
                var error = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
                Answer(new { error = $"{error.GetType().Name}: {error.Message}" });
            }
        }
    }

    private static void Answer(object value) => s_answers.WriteLine(JsonSerializer.Serialize(value));
}
