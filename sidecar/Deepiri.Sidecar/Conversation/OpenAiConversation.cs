using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Components;
using Google.Protobuf;
using Message = Dapr.Proto.Runtime.V1.ConversationMessage;

namespace Deepiri.Sidecar.Conversation;

/// <summary>
/// <c>conversation.openai</c>: any server that speaks OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), or Azure's
/// with <c>apiType: azure</c>, where the model is the deployment.
/// </summary>
internal sealed class OpenAiConversation : IConversation, IAsyncDisposable
{
    public static readonly string[] MetadataNames = ["key", "model", "endpoint", "apiType", "apiVersion"];

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client = new() { Timeout = s_patience };
    private readonly Uri _address;
    private readonly string _model;

    public OpenAiConversation(ComponentContext context)
    {
        var metadata = context.Metadata;
        var key = metadata.Required("key");
        _model = metadata.Text("model") ?? "gpt-5-nano";
        var isAzure = metadata.Choice("apiType", "openai", "azure") == "azure";
        var endpoint = (isAzure ? metadata.Required("endpoint") : metadata.Text("endpoint") ?? "https://api.openai.com/v1").TrimEnd('/');
        var address = isAzure
            ? $"{endpoint}/openai/deployments/{Uri.EscapeDataString(_model)}/chat/completions?api-version={Uri.EscapeDataString(metadata.Required("apiVersion"))}"
            : $"{endpoint}/chat/completions";
        _address = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new ComponentException($"metadata 'endpoint' must be an http or https URL, not '{endpoint}'");
        if (isAzure)
            _client.DefaultRequestHeaders.Add("api-key", key);
        else
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public async Task<IReadOnlyList<ConversationResultAlpha2>> ConverseAsync(ConversationRequestAlpha2 request, CancellationToken cancellationToken)
    {
        using var content = new StringContent(Body(request).ToJsonString());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _client.PostAsync(_address, content, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new ModelException((int)response.StatusCode, body);
        try
        {
            return Results(JsonNode.Parse(body)!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            throw new ModelException((int)response.StatusCode, $"the answer is no chat completion: {e.Message}");
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private JsonObject Body(ConversationRequestAlpha2 request)
    {
        var body = new JsonObject { ["model"] = _model, ["messages"] = new JsonArray([.. request.Messages().Select(Encode)]) };
        if (request.Temperature > 0)
            body["temperature"] = request.Temperature;
        if (request.Tools.Count > 0)
            body["tools"] = new JsonArray([.. request.Tools.Select(Encode)]);
        if (request.HasToolChoice && request.ToolChoice.Length > 0)
        {
            body["tool_choice"] = request.ToolChoice is "none" or "auto" or "required"
                ? request.ToolChoice
                : new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = request.ToolChoice } };
        }
        if (request.ResponseFormat is { } format)
            body["response_format"] = Json(format);
        return body;
    }

    /// <summary>Not every server knows the role of a developer; Dapr's component speaks as the user then.</summary>
    private static JsonNode Encode(Message message)
    {
        var json = new JsonObject
        {
            ["role"] = message.MessageTypesCase switch
            {
                Message.MessageTypesOneofCase.OfSystem => "system",
                Message.MessageTypesOneofCase.OfAssistant => "assistant",
                Message.MessageTypesOneofCase.OfTool => "tool",
                _ => "user",
            },
        };
        string[] texts = [.. message.Texts()];
        json["content"] = texts.Length == 1 ? texts[0] : new JsonArray([.. texts.Select(text => new JsonObject { ["type"] = "text", ["text"] = text })]);
        if (message.OfTool is { } tool)
            json["tool_call_id"] = tool.ToolId;
        if (message.OfAssistant is { ToolCalls.Count: > 0 } assistant)
        {
            json["tool_calls"] = new JsonArray([.. assistant.ToolCalls.Select(call => new JsonObject
            {
                ["id"] = call.Id,
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Function?.Name, ["arguments"] = call.Function?.Arguments },
            })]);
            if (texts.Length == 0)
                json["content"] = null;
        }
        return json;
    }

    private static JsonNode Encode(ConversationTools tool)
    {
        var function = new JsonObject { ["name"] = tool.Function?.Name };
        if (tool.Function?.HasDescription == true)
            function["description"] = tool.Function.Description;
        if (tool.Function?.Parameters is { } parameters)
            function["parameters"] = Json(parameters);
        return new JsonObject { ["type"] = "function", ["function"] = function };
    }

    private static JsonNode? Json(IMessage message) => JsonNode.Parse(JsonFormatter.Default.Format(message));

    /// <summary>Each choice is an output of its own, as Dapr's component has it.</summary>
    private static List<ConversationResultAlpha2> Results(JsonNode completion)
    {
        var results = new List<ConversationResultAlpha2>();
        foreach (var choice in completion["choices"]!.AsArray())
        {
            var message = new ConversationResultMessage { Content = choice!["message"]!["content"]?.GetValue<string>() ?? "" };
            foreach (var call in choice["message"]!["tool_calls"] as JsonArray ?? [])
                message.ToolCalls.Add(new ConversationToolCalls { Id = call!["id"]!.GetValue<string>(), Function = new() { Name = call["function"]!["name"]!.GetValue<string>(), Arguments = call["function"]!["arguments"]!.GetValue<string>() } });
            var result = new ConversationResultAlpha2
            {
                Choices = { new ConversationResultChoices { FinishReason = choice["finish_reason"]?.GetValue<string>() ?? "", Index = choice["index"]?.GetValue<long>() ?? 0, Message = message } },
                Model = completion["model"]?.GetValue<string>() ?? "",
            };
            if (completion["usage"] is JsonObject usage)
                result.Usage = new() { CompletionTokens = Count(usage, "completion_tokens"), PromptTokens = Count(usage, "prompt_tokens"), TotalTokens = Count(usage, "total_tokens") };
            results.Add(result);
        }
        return results;
    }

    private static ulong Count(JsonObject usage, string name) => usage[name]?.GetValue<ulong>() ?? 0;

    /// <summary>The model's server refused; a retry policy may match its status.</summary>
    private sealed class ModelException(int status, string body) : Exception($"the model answered {status}: {(body.Length > 500 ? body[..500] : body)}"), Resiliency.IAppFailure
    {
        public int? AppStatus => status;
    }
}
