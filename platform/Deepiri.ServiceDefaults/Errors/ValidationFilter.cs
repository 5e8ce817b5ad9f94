using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Deepiri.ServiceDefaults.Errors;

/// <summary>Validates request bodies before their handlers.</summary>
public static class ValidationExtensions
{
    /// <summary>Checks the argument of type <typeparamref name="T"/>; every fault is told at once, by field.</summary>
    public static RouteHandlerBuilder Validate<T>(this RouteHandlerBuilder route, IValidator<T> validator) => route.AddEndpointFilter((context, next) =>
    {
        validator.Check(context.Arguments.OfType<T>().First());
        return next(context);
    });

    /// <summary>Checks a value that is a part of a request.</summary>
    /// <exception cref="ApiException">400 with every fault, by field.</exception>
    public static void Check<T>(this IValidator<T> validator, T value)
    {
        var result = validator.Validate(value);
        if (!result.IsValid)
            throw ApiException.Validation(result.Errors.GroupBy(e => FieldOf(e.PropertyName)).ToDictionary(g => g.Key, g => g.Select(e => e.ErrorMessage).ToArray()));
    }

    /// <summary>A path of properties as the API names it, for example <c>recurrence.timeZone</c>.</summary>
    private static string FieldOf(string property) => string.Join('.', property.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}
