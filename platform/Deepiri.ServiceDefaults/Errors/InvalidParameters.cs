using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Deepiri.ServiceDefaults.Errors;

/// <summary>Finds the parameters of a query or a path that ASP.NET Core could not parse, because it does not say which they are.</summary>
internal static class InvalidParameters
{
    /// <summary>The error that names them; null when all can be parsed.</summary>
    public static ApiException? Find(HttpContext context)
    {
        var faults = (context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(p => p.HasTryParse)
            .Select(p => (p.Name, Text: ValueOf(context, p.Name), Type: Nullable.GetUnderlyingType(p.ParameterInfo.ParameterType) ?? p.ParameterInfo.ParameterType))
            .Where(p => !string.IsNullOrEmpty(p.Text))
            .Select(p => (p.Name, Fault: FaultOf(p.Type, p.Text!)))
            .Where(p => p.Fault is not null)
            .ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => new[] { p.Fault! });
        return faults.Count == 0 ? null : ApiException.Validation(faults);
    }

    private static string? ValueOf(HttpContext context, string name) => context.Request.Query[name].FirstOrDefault() ?? context.GetRouteValue(name) as string;

    private static string? FaultOf(Type type, string text)
    {
        if (type == typeof(int))
            return int.TryParse(text, CultureInfo.InvariantCulture, out _) ? null : "A whole number.";
        if (type == typeof(bool))
            return bool.TryParse(text, out _) ? null : "true or false.";
        if (type == typeof(DateTimeOffset))
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : "A time such as 2026-03-05T17:00:00Z.";
        return null;
    }
}
