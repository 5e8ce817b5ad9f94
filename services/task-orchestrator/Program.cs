using Deepiri.ServiceDefaults;
using Deepiri.TaskOrchestrator.QuickAdd;
using Deepiri.TaskOrchestrator.Tasks;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("task-orchestrator"));
builder.Services.AddTasks().AddQuickAdd();

var app = builder.Build();
app.UseServiceDefaults();
app.MapTasks();
app.MapQuickAdd();
app.Run();
