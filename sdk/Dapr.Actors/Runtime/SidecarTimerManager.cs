using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dapr.Actors.Runtime;

/// <summary>Timers and reminders at the sidecar.</summary>
internal sealed class SidecarTimerManager(HttpClient http, TimeProvider time) : ActorTimerManager
{
    public override async Task RegisterReminderAsync(ActorReminder reminder)
    {
        var body = Times(reminder.DueTime, reminder.Period, reminder.Repetitions, reminder.Ttl, reminder.State);
        using var response = await http.PostAsJsonAsync(PathOf(reminder), body).ConfigureAwait(false);
        await SidecarAnswer.ThrowUnlessOkAsync(response, default).ConfigureAwait(false);
    }

    public override async Task UnregisterReminderAsync(ActorReminderToken reminder)
    {
        using var response = await http.DeleteAsync(PathOf(reminder)).ConfigureAwait(false);
        await SidecarAnswer.ThrowUnlessOkAsync(response, default).ConfigureAwait(false);
    }

    public override async Task<IActorReminder?> GetReminderAsync(ActorReminderToken reminder)
    {
        using var response = await http.GetAsync(PathOf(reminder)).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        await SidecarAnswer.ThrowUnlessOkAsync(response, default).ConfigureAwait(false);
        var body = (await response.Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false))!;
        var data = body.TryGetProperty("data", out var value) && value.ValueKind == JsonValueKind.String ? value.GetBytesFromBase64() : null;
        var due = body.GetProperty("dueTime").GetDateTimeOffset() - time.GetUtcNow();
        var period = body.TryGetProperty("period", out var every) ? Period(every.GetString()!) : TimeSpan.FromMilliseconds(-1);
        return new ActorReminder(reminder.ActorType, reminder.ActorId, reminder.Name, data, due > TimeSpan.Zero ? due : TimeSpan.Zero, period);
    }

    public override async Task RegisterTimerAsync(ActorTimer timer)
    {
        var body = Times(timer.DueTime, timer.Period, null, timer.Ttl, timer.Data);
        body["callback"] = timer.TimerCallback;
        using var response = await http.PostAsJsonAsync(PathOf(timer), body).ConfigureAwait(false);
        await SidecarAnswer.ThrowUnlessOkAsync(response, default).ConfigureAwait(false);
    }

    public override async Task UnregisterTimerAsync(ActorTimerToken timer)
    {
        using var response = await http.DeleteAsync(PathOf(timer)).ConfigureAwait(false);
        await SidecarAnswer.ThrowUnlessOkAsync(response, default).ConfigureAwait(false);
    }

    private static string PathOf(ActorReminderToken reminder) => $"{ActorWire.Path(reminder.ActorType, reminder.ActorId)}/reminders/{Uri.EscapeDataString(reminder.Name)}";

    private static string PathOf(ActorTimerToken timer) => $"{ActorWire.Path(timer.ActorType, timer.ActorId)}/timers/{Uri.EscapeDataString(timer.Name)}";

    private static JsonObject Times(TimeSpan dueTime, TimeSpan period, int? repetitions, TimeSpan? ttl, byte[]? data)
    {
        var body = new JsonObject { ["dueTime"] = ActorWire.Duration(dueTime), ["period"] = ActorWire.Period(period, repetitions) };
        if (ttl is { } time)
            body["ttl"] = ActorWire.Duration(time);
        if (data is not null)
            body["data"] = Convert.ToBase64String(data);
        return body;
    }

    /// <summary>As the sidecar shows it: <c>@every 1h2m3.5s</c>.</summary>
    private static TimeSpan Period(string text) => GoDuration.Parse(text.StartsWith("@every ", StringComparison.Ordinal) ? text["@every ".Length..] : text);
}
