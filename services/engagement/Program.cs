using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Awards;
using Deepiri.Engagement.Challenges;
using Deepiri.Engagement.Leaderboards;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("engagement-service"));
builder.Services.AddAccounts().AddAwards().AddLeaderboards().AddChallengeStatistics();

var app = builder.Build();
app.UseServiceDefaults();
app.MapAccounts();
app.MapAwardEvents();
app.MapLeaderboards();
app.MapChallengeEvents();
app.Run();
