using System.Text.Json;
using Deepiri.Reliability.Sandboxes;

// `sandbox-check` is run by SandboxTests, also as an ordinary user.
if (args is not ["sandbox-check", var language, var probes, .. var edits])
{
    Console.Error.WriteLine("Usage: sandbox-check LANGUAGE PROBE[,PROBE...] [EDIT...]");
    return 2;
}
Console.WriteLine(JsonSerializer.Serialize(await WeakenedSandbox.CheckAsync(language, probes.Split(','), edits)));
return 0;
