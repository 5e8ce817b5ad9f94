using Deepiri.Challenge.Challenges;
using Deepiri.Challenge.Generation;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("challenge-service"));
builder.Services.AddChallenges().AddGeneration();

var app = builder.Build();
app.UseServiceDefaults();
app.MapChallenges();
app.MapGeneration();
app.Run();
