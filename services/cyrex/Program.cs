using Deepiri.Cyrex.Challenges;
using Deepiri.Cyrex.CodeAnalysis;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.Personalization;
using Deepiri.Cyrex.Predictions;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.Cyrex.TextGeneration;
using Deepiri.Cyrex.Tutor;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("cyrex"));
builder.Services.AddModels().AddPersonalization().AddTextGeneration().AddTaskUnderstanding().AddChallenges();

var app = builder.Build();
app.UseServiceDefaults();
app.MapModels();
app.MapPersonalization();
app.MapTextGeneration();
app.MapTaskUnderstanding();
app.MapPredictions();
app.MapChallenges();
app.MapTutor();
app.MapCodeAnalysis();
app.Run();
