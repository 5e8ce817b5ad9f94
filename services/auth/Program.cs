using Deepiri.Auth.Profiles;
using Deepiri.Auth.SignIn;
using Deepiri.Auth.Tokens;
using Deepiri.Auth.Users;
using Deepiri.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults(new ServiceIdentity("auth-service"));
builder.Services.AddUsers().AddTokens(builder.Configuration).AddSignIn(builder.Configuration);

var app = builder.Build();
app.UseServiceDefaults();
app.MapSignIn();
app.MapJwks();
app.MapProfiles();
app.MapDirectory();
app.Run();
