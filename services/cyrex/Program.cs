using Deepiri.Cyrex.Challenges;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.Personalization;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("cyrex"));
builder.Services.AddModels().AddPersonalization().AddChallenges();

var app = builder.Build();
app.UseServiceDefaults();
app.MapModels();
app.MapPersonalization();
app.MapChallenges();
app.Run();
