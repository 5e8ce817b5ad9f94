using Deepiri.ServiceDefaults;
using Deepiri.TaskOrchestrator.Tasks;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("task-orchestrator"));
builder.Services.AddTasks();

var app = builder.Build();
app.UseServiceDefaults();
app.MapTasks();
app.Run();
