using Dapr.Client;
using Deepiri.Gateway.Realtime;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Deepiri.Gateway.Authentication;

/// <summary>
/// Authentication by auth-service's access tokens: JWTs signed with ES256 and nothing else. A bad token is refused where the route needs a user;
/// elsewhere, for one at <c>/api/auth/refresh</c>, an expired token in a client's default headers does no harm.
/// </summary>
internal static class TokenAuthentication
{
    private const string AuthService = "auth-service";
    private const string Keys = $"http://{AuthService}/.well-known/jwks.json";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_oldestKeys = TimeSpan.FromMinutes(10);

    public static IServiceCollection AddTokenAuthentication(this IServiceCollection services, IConfiguration configuration)
    {
        // A token that names a new key waits for the keys, instead of being refused while they are fetched.
        AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);
        services.AddOptions<TokenOptions>().Bind(configuration.GetSection("Tokens")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TokenOptions>, TokenOptionsValidator>().AddSingleton<JwksRetriever>().AddSingleton<AccessTokenHandler>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddAuthorization();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<DaprClient, JwksRetriever, AccessTokenHandler, IOptions<TokenOptions>>((jwt, dapr, keys, handler, tokens) =>
        {
            jwt.MapInboundClaims = false;
            jwt.ConfigurationManager = KeysOf(dapr, keys, tokens.Value);
            jwt.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                // The key that the token names, and no other.
                TryAllIssuerSigningKeys = false,
                ValidIssuer = tokens.Value.Issuer,
                ValidAudience = tokens.Value.Audience,
                ClockSkew = tokens.Value.ClockSkew,
                LifetimeValidator = handler.IsAlive,
                NameClaimType = "sub",
                RoleClaimType = "role",
            };
            jwt.TokenHandlers.Clear();
            jwt.TokenHandlers.Add(handler);
            jwt.Events = new JwtBearerEvents { OnMessageReceived = TakeTokenOfHub, OnChallenge = RefuseAsync };
        });
        return services;
    }

    /// <summary>Known keys stay good while auth-service is away.</summary>
    private static KeyManager KeysOf(DaprClient dapr, JwksRetriever keys, TokenOptions options)
    {
        var auth = dapr.CreateInvokableHttpClient(AuthService);
        auth.Timeout = s_patience;
        return new KeyManager(keys, new HttpDocumentRetriever(auth) { RequireHttps = false })
        {
            AutomaticRefreshInterval = s_oldestKeys,
            RefreshInterval = options.KeyRefreshInterval,
            // A key that is withdrawn counts no longer.
            UseLastKnownGoodConfiguration = false,
        };
    }

    /// <summary>The base class counts successful attempts only; a slow auth-service must not be asked again for each made-up token.</summary>
    private sealed class KeyManager(JwksRetriever keys, IDocumentRetriever documents) : ConfigurationManager<OpenIdConnectConfiguration>(Keys, keys, documents)
    {
        private readonly Lock _lock = new();
        private long? _requested;

        public override void RequestRefresh()
        {
            lock (_lock)
            {
                if (_requested is { } at && Environment.TickCount64 - at < RefreshInterval.TotalMilliseconds)
                    return;
                _requested = Environment.TickCount64;
            }
            base.RequestRefresh();
        }
    }

    /// <summary>On the hub, where browsers cannot set a header, the token may also come as <c>access_token</c>.</summary>
    private static Task TakeTokenOfHub(MessageReceivedContext context)
    {
        if (Hub.IsFor(context.Request) && context.Request.Headers.Authorization.Count == 0 && context.Request.Query["access_token"].ToString() is { Length: > 0 } token)
            context.Token = token;
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        var (challenge, error) = context.AuthenticateFailure switch
        {
            null => ("Bearer", new ApiException(StatusCodes.Status401Unauthorized, "UNAUTHENTICATED", "Sign in first: send Authorization: Bearer with an access token.")),
            KeysUnavailableException => (null, ApiException.Unavailable(AuthService)),
            SecurityTokenExpiredException => ("Bearer error=\"invalid_token\", error_description=\"expired\"", new ApiException(StatusCodes.Status401Unauthorized, "TOKEN_EXPIRED", "The access token has expired. Get a new one with the refresh token.")),
            _ => ("Bearer error=\"invalid_token\", error_description=\"not valid\"", new ApiException(StatusCodes.Status401Unauthorized, "INVALID_TOKEN", "The access token is not valid. Sign in again.")),
        };
        context.Response.Headers.WWWAuthenticate = challenge;
        return ErrorHandler.WriteAsync(context.HttpContext, error, context.HttpContext.RequestServices.GetRequiredService<TimeProvider>());
    }
}
