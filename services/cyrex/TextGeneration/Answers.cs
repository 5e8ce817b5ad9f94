using System.Security.Cryptography;
using System.Text;
using Dapr;
using Dapr.Client;
using Deepiri.Contracts;

namespace Deepiri.Cyrex.TextGeneration;

/// <summary>A text and where it comes from, one of <see cref="AnswerSources"/>.</summary>
internal sealed record SourcedText(string Text, string Source);

/// <summary>Answers to questions: one that was given within the last hour, or the text model's, or a rule's.</summary>
internal sealed partial class Answers(TextModel model, DaprClient dapr, ILogger<Answers> log)
{
    private const string Store = "statestore";
    private static readonly Dictionary<string, string> s_oneHour = new() { ["ttlInSeconds"] = "3600" };

    /// <param name="kind">What kind of question: the same words ask for something else elsewhere.</param>
    /// <param name="question">The question, with what else the answer depends on.</param>
    /// <param name="level">The user's level, which the answer is made for.</param>
    public async Task<SourcedText> GetAsync(string kind, string instruction, string question, int? level, Func<string> rules, CancellationToken cancellationToken)
    {
        var key = "answer:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{level}\n{question}")));
        if (await FindAsync(key, cancellationToken) is { } known)
            return new SourcedText(known, AnswerSources.Cache);
        if (await model.TryAskAsync(instruction, question, cancellationToken) is not { } text)
            return new SourcedText(rules(), AnswerSources.Rules);
        await KeepAsync(key, text, cancellationToken);
        return new SourcedText(text, AnswerSources.Model);
    }

    /// <summary>A cache that does not answer is an empty one.</summary>
    private async Task<string?> FindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await dapr.GetStateAsync<string?>(Store, key, cancellationToken: cancellationToken);
        }
        catch (DaprException e)
        {
            CacheFailed(log, e);
            return null;
        }
    }

    private async Task KeepAsync(string key, string text, CancellationToken cancellationToken)
    {
        try
        {
            await dapr.SaveStateAsync(Store, key, text, metadata: s_oneHour, cancellationToken: cancellationToken);
        }
        catch (DaprException e)
        {
            CacheFailed(log, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cache of answers cannot be used")]
    private static partial void CacheFailed(ILogger log, Exception e);
}
