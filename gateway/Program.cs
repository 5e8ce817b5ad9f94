using Deepiri.Gateway.Authentication;
using Deepiri.Gateway.Health;
using Deepiri.Gateway.OpenApi;
using Deepiri.Gateway.RateLimiting;
using Deepiri.Gateway.Realtime;
using Deepiri.Gateway.Routing;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("api-gateway") { IsPublic = true });
builder.AddEdge();
builder.Services.AddTokenValidation(builder.Configuration).AddRateLimits(builder.Configuration).AddProxy(builder.Configuration).AddRealtimePassThrough().AddPlatformMonitor(builder.Configuration);

var app = builder.Build();
app.UseEdge();
app.UseServiceDefaults();
app.UseTokenValidation();
app.UseRateLimits();
app.MapRealtimePassThrough();
app.MapMergedOpenApi();
app.MapProxy();
app.Run();
