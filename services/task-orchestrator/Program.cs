using Deepiri.ServiceDefaults;
using Deepiri.TaskOrchestrator.Bulk;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.QuickAdd;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Reminders;
using Deepiri.TaskOrchestrator.Sharing;
using Deepiri.TaskOrchestrator.Subtasks;
using Deepiri.TaskOrchestrator.Tasks;
using Deepiri.TaskOrchestrator.Versions;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("task-orchestrator"));
builder.Services.AddTasks().AddTaskFollowUps().AddQuickAdd().AddVersions().AddDependencies().AddSharing().AddRecurrence().AddReminders().AddSubtasks().AddBulk();

var app = builder.Build();
app.UseServiceDefaults();
app.MapTasks();
app.MapTaskFollowUps();
app.MapQuickAdd();
app.MapVersions();
app.MapDependencies();
app.MapSubtasks();
app.MapBulk();
app.MapSharing();
app.MapRecurrence();
app.MapActorsHandlers();
app.Run();
