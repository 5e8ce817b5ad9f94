using Deepiri.Challenge.Challenges;
using Deepiri.Challenge.Generation;
using Deepiri.Challenge.Statistics;
using Deepiri.Challenge.Submissions;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("challenge-service"));
builder.Services.AddChallenges().AddGeneration().AddSubmissions().AddStatistics();

var app = builder.Build();
app.UseServiceDefaults();
app.MapChallenges();
app.MapGeneration();
app.MapSubmissions();
app.MapStatistics();
app.Run();
