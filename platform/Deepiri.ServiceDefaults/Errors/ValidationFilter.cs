using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Deepiri.ServiceDefaults.Errors;

/// <summary>Validates request bodies before their handlers.</summary>
public static class ValidationExtensions
{
    /// <summary>Checks the argument of type <typeparamref name="T"/>; every fault is told at once, by field.</summary>
    public static RouteHandlerBuilder Validate<T>(this RouteHandlerBuilder route, IValidator<T> validator) => route.AddEndpointFilter(async (context, next) =>
    {
        var argument = context.Arguments.OfType<T>().First();
        var result = await validator.ValidateAsync(argument, context.HttpContext.RequestAborted).ConfigureAwait(false);
        if (result.IsValid)
            return await next(context).ConfigureAwait(false);
        throw ApiException.Validation(result.Errors.GroupBy(e => JsonNamingPolicy.CamelCase.ConvertName(e.PropertyName)).ToDictionary(g => g.Key, g => g.Select(e => e.ErrorMessage).ToArray()));
    });
}
