using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr;
using Deepiri.ServiceDefaults.Correlation;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Health;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.OpenApi;
using Deepiri.ServiceDefaults.Sidecar;
using Deepiri.ServiceDefaults.Outbox;
using Deepiri.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Deepiri.ServiceDefaults;

/// <summary>What every service does in the same way: health, errors, identity, correlation, telemetry, Dapr.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the defaults; the service listens on <c>APP_PORT</c> of the loopback interface unless ASP.NET Core is told otherwise.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, ServiceIdentity service)
    {
        var port = builder.Configuration["APP_PORT"];
        if (port is { Length: > 0 } && builder.Configuration[WebHostDefaults.ServerUrlsKey] is null)
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

        builder.Services.AddSingleton(service);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddDaprClient((provider, dapr) =>
        {
            dapr.UseJsonSerializationOptions(PlatformJson.Options);
            dapr.ConnectTo(provider.GetRequiredService<IConfiguration>());
        });
        builder.Services.AddSingleton<ServiceClients>();
        builder.Services.AddStateTransactions();
        builder.Services.Configure<JsonOptions>(options => PlatformJson.Configure(options.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<ErrorHandler>();
        builder.Services.AddPlatformHealth();
        builder.Services.AddOptions<AppTokenOptions>().Configure<IConfiguration>((options, configuration) => options.Token = configuration["APP_API_TOKEN"] ?? "").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AppTokenOptions>, AppTokenOptionsValidator>();
        builder.AddTelemetry(service);
        builder.Services.AddOpenApi(options =>
        {
            options.AddFieldDocumentation();
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info.Title = service.Name;
                document.Info.Version = service.Version;
                document.Servers?.Clear();
                return Task.CompletedTask;
            });
        });
        return builder;
    }

    /// <summary>Adds the middleware, and <c>/health</c>, <c>/metrics</c>, <c>/openapi/v1.json</c> and <c>/dapr/subscribe</c>. Call it before the service's own routes.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        app.UseHead();
        app.UseMiddleware<CorrelationMiddleware>();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(ErrorHandler.WriteStatusAsync);
        var isPublic = app.Services.GetRequiredService<ServiceIdentity>().IsPublic;
        if (isPublic)
            app.UseWhen(context => context.Request.Path.StartsWithSegments(TelemetryExtensions.MetricsPath), guarded => guarded.UseMiddleware<AppTokenMiddleware>());
        else
            app.UseMiddleware<AppTokenMiddleware>();
        app.UseRouting();
        app.MapPlatformHealth();
        app.MapMetrics();
        if (isPublic)
            return app;
        app.MapOpenApi();
        app.MapSubscribeHandler();
        return app;
    }
}

/// <summary>JSON as all services write it: camelCase, enums as snake_case words, unknown words refused, times without an offset in UTC.</summary>
public static class PlatformJson
{
    /// <summary>The options, for use outside ASP.NET Core.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Applies the platform's rules to existing options.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new UtcByDefault());
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        return options;
    }

    /// <summary>By default a time without an offset is one of the machine's own zone.</summary>
    private sealed class UtcByDefault : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var time = reader.GetDateTimeOffset();
            Span<byte> buffer = stackalloc byte[64];
            var text = buffer[..reader.CopyString(buffer)];
            // 2026-03-05T17:00Z is the shortest with an offset.
            var hasOffset = text.Length > 16 && (text[^1] is (byte)'Z' or (byte)'z' || text[^6] is (byte)'+' or (byte)'-');
            return hasOffset ? time : new DateTimeOffset(time.DateTime, TimeSpan.Zero);
        }

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
