using Deepiri.Cyrex.Challenges;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.Personalization;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("cyrex"));
builder.Services.AddModels().AddPersonalization().AddChallenges().AddTaskUnderstanding();

var app = builder.Build();
app.UseServiceDefaults();
app.MapModels();
app.MapPersonalization();
app.MapChallenges();
app.MapTaskUnderstanding();
app.Run();
