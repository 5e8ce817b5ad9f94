using System.Globalization;
using FluentValidation;

namespace Deepiri.Auth.SignIn;

internal sealed record RegisterRequest(string? Username, string? Email, string? Password);

internal sealed record LoginRequest(string? Email, string? Password);

internal sealed record RefreshRequest(string? RefreshToken);

/// <summary>A user as the API shows them to themselves.</summary>
internal sealed record UserView(string Id, string Username, string Email, DateTimeOffset CreatedAt);

/// <summary>Tokens and whose they are; <see cref="ExpiresIn"/> is in seconds.</summary>
internal sealed record TokenResponse(string AccessToken, string RefreshToken, int ExpiresIn, UserView User);

internal sealed class RegisterRules : AbstractValidator<RegisterRequest>
{
    public RegisterRules()
    {
        RuleFor(r => r.Username).UsernameRules();
        RuleFor(r => r.Email).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("An e-mail address is needed.")
            .MaximumLength(254).WithMessage("At most 254 characters.").EmailAddress().WithMessage("This is not an e-mail address.");
        RuleFor(r => r.Password).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("A password is needed.")
            .Length(8, 128).WithMessage("Between 8 and 128 characters.");
    }
}

internal sealed class LoginRules : AbstractValidator<LoginRequest>
{
    public LoginRules()
    {
        RuleFor(r => r.Email).NotEmpty().WithMessage("An e-mail address is needed.").MaximumLength(254).WithMessage("At most 254 characters.");
        RuleFor(r => r.Password).NotEmpty().WithMessage("A password is needed.").MaximumLength(128).WithMessage("At most 128 characters.");
    }
}

internal sealed class RefreshRules : AbstractValidator<RefreshRequest>
{
    public RefreshRules() => RuleFor(r => r.RefreshToken).NotEmpty().WithMessage("A refresh token is needed.").MaximumLength(256).WithMessage("At most 256 characters.");
}

internal static class SharedRules
{
    public static IRuleBuilderOptions<T, string?> UsernameRules<T>(this IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("A name is needed.")
        .Length(3, 32).WithMessage("Between 3 and 32 characters.")
        .Must(name => name!.All(c => char.IsLetterOrDigit(c) || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark || c is '_' or '-' or '.')).WithMessage("Letters, digits, '_', '-' and '.' only.");
}
