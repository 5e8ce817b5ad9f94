using Deepiri.Notification.DeadLetters;
using Deepiri.Notification.Inbox;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("notification-service"));
builder.Services.AddInbox().AddDeadLetters();

var app = builder.Build();
app.UseServiceDefaults();
app.MapInbox();
app.MapInboxEvents();
app.MapDeadLetters();
app.Run();
