using Deepiri.Realtime.Hubs;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("realtime-gateway") { OpenPaths = [RealtimeHub.Path] });
builder.Services.AddRealtime();

var app = builder.Build();
app.UseServiceDefaults();
app.MapRealtime();
app.MapRealtimeEvents();
app.Run();
