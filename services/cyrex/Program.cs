using Deepiri.Cyrex.Challenges;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("cyrex"));
builder.Services.AddChallenges();

var app = builder.Build();
app.UseServiceDefaults();
app.MapChallenges();
app.Run();
