using System.Reflection;
using System.Text.Json;
using Deepiri.CodeExecution.Toolchains;

// Compiles and runs a solution that nobody vouches for: the compiler itself can be brought down by hostile code, so it stands in the sandbox
// beside it. The solution is solution.cs of the working directory; the rest is as Harness.cs says.
using var assembly = new MemoryStream();
if (CSharpCompiler.Compile(File.ReadAllText("solution.cs"), assembly, CancellationToken.None) is { } faults)
{
    Console.WriteLine(JsonSerializer.Serialize(new { fault = faults }));
    return;
}
Assembly.Load(assembly.ToArray()).EntryPoint!.Invoke(null, null);
