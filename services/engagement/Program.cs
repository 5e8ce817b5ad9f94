using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Achievements;
using Deepiri.Engagement.Challenges;
using Deepiri.Engagement.Friends;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Parties;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Seasons;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("engagement-service"));
builder.Services.AddRules(builder.Configuration).AddAccounts().AddLedger().AddLeaderboards().AddFriends().AddSeasons().AddParties().AddChallengeStatistics();

var app = builder.Build();
app.UseServiceDefaults();
app.MapAccounts();
app.MapAccountEvents();
app.MapActorsHandlers();
app.MapLedger();
app.MapAchievements();
app.MapLeaderboards();
app.MapFriends();
app.MapSeasons();
app.MapParties();
app.MapPartyEvents();
app.MapChallengeEvents();
app.Run();
