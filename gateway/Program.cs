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
builder.AddRoutes();
builder.Services.AddTokenAuthentication(builder.Configuration).AddRateLimits(builder.Configuration).AddRealtime().AddPlatformMonitor(builder.Configuration);

var app = builder.Build();
app.UseEdge();
app.UseServiceDefaults();
app.Use(PathGuard.InvokeAsync);
app.UseAuthentication();
app.UseRateLimiter();
app.UseAuthorization();
app.MapMergedOpenApi();
app.MapRoutes();
app.Run();
