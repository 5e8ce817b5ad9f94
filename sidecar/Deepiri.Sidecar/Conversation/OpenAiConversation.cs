using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Components;
using Google.Protobuf;
using OpenAI;
using OpenAI.Chat;
using Message = Dapr.Proto.Runtime.V1.ConversationMessage;

namespace Deepiri.Sidecar.Conversation;

/// <summary>
/// <c>conversation.openai</c>: any server that speaks OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), or Azure's
/// with <c>apiType: azure</c>, where the model is the deployment.
/// </summary>
internal sealed class OpenAiConversation : IConversation
{
    public static readonly string[] MetadataNames = ["key", "model", "endpoint", "apiType", "apiVersion"];

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly ChatClient _client;

    public OpenAiConversation(ComponentContext context)
    {
        var metadata = context.Metadata;
        var key = metadata.Required("key");
        var model = metadata.Text("model") ?? "gpt-5-nano";
        var isAzure = metadata.Choice("apiType", "openai", "azure") == "azure";
        var endpoint = (isAzure ? metadata.Required("endpoint") : metadata.Text("endpoint") ?? "https://api.openai.com/v1").TrimEnd('/');
        if (!Uri.TryCreate(isAzure ? $"{endpoint}/openai/deployments/{Uri.EscapeDataString(model)}" : endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ComponentException($"metadata 'endpoint' must be an http or https URL, not '{endpoint}'");
        // Retries are the business of Resiliency.
        var options = new OpenAIClientOptions { Endpoint = uri, NetworkTimeout = s_patience, RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };
        if (isAzure)
            options.AddPolicy(new AzureRequests(key, metadata.Required("apiVersion")), PipelinePosition.BeforeTransport);
        _client = new ChatClient(model, new ApiKeyCredential(key), options);
    }

    public async Task<IReadOnlyList<ConversationResultAlpha2>> ConverseAsync(ConversationRequestAlpha2 request, CancellationToken cancellationToken)
    {
        var (messages, options) = (request.Messages().Select(Encode).ToList(), Options(request));
        try
        {
            return [Result((await _client.CompleteChatAsync(messages, options, cancellationToken).ConfigureAwait(false)).Value)];
        }
        catch (ClientResultException e) when (e.Status == 0)
        {
            throw new HttpRequestException($"the model's server did not answer: {(e.InnerException ?? e).Message}", e);
        }
        catch (ClientResultException e)
        {
            throw new ModelException(e.Status, e.GetRawResponse()?.Content.ToString() ?? e.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new ModelException(200, $"the answer is no chat completion: {e.Message}");
        }
    }

    private static ChatCompletionOptions Options(ConversationRequestAlpha2 request)
    {
        var options = new ChatCompletionOptions();
        if (request.Temperature > 0)
            options.Temperature = (float)request.Temperature;
        foreach (var tool in request.Tools)
            options.Tools.Add(ChatTool.CreateFunctionTool(tool.Function?.Name ?? "", tool.Function is { HasDescription: true } described ? described.Description : null, tool.Function?.Parameters is { } parameters ? Json(parameters) : null));
        if (request.HasToolChoice && request.ToolChoice.Length > 0)
        {
            options.ToolChoice = request.ToolChoice switch
            {
                "none" => ChatToolChoice.CreateNoneChoice(),
                "auto" => ChatToolChoice.CreateAutoChoice(),
                "required" => ChatToolChoice.CreateRequiredChoice(),
                _ => ChatToolChoice.CreateFunctionChoice(request.ToolChoice),
            };
        }
        if (request.ResponseFormat is { } format)
            options.ResponseFormat = ModelReaderWriter.Read<ChatResponseFormat>(Json(format));
        return options;
    }

    /// <summary>Not every server knows the role of a developer; Dapr's component speaks as the user then.</summary>
    private static ChatMessage Encode(Message message)
    {
        ChatMessageContentPart[] texts = [.. message.Texts().Select(ChatMessageContentPart.CreateTextPart)];
        switch (message.MessageTypesCase)
        {
            case Message.MessageTypesOneofCase.OfSystem:
                return new SystemChatMessage(texts);
            case Message.MessageTypesOneofCase.OfTool:
                return new ToolChatMessage(message.OfTool.ToolId, texts);
            case Message.MessageTypesOneofCase.OfAssistant when message.OfAssistant.ToolCalls.Count > 0:
                var assistant = new AssistantChatMessage(message.OfAssistant.ToolCalls.Select(call => ChatToolCall.CreateFunctionToolCall(call.Id, call.Function?.Name ?? "", BinaryData.FromString(call.Function?.Arguments ?? "{}"))));
                foreach (var text in texts)
                    assistant.Content.Add(text);
                return assistant;
            case Message.MessageTypesOneofCase.OfAssistant:
                return new AssistantChatMessage(texts);
            default:
                return new UserChatMessage(texts);
        }
    }

    private static BinaryData Json(IMessage message) => BinaryData.FromString(JsonFormatter.Default.Format(message));

    private static ConversationResultAlpha2 Result(ChatCompletion completion)
    {
        var message = new ConversationResultMessage { Content = string.Concat(completion.Content.Select(part => part.Text)) };
        foreach (var call in completion.ToolCalls)
            message.ToolCalls.Add(new ConversationToolCalls { Id = call.Id, Function = new() { Name = call.FunctionName, Arguments = call.FunctionArguments.ToString() } });
        var result = new ConversationResultAlpha2
        {
            Choices = { new ConversationResultChoices { FinishReason = FinishReason(completion.FinishReason), Message = message } },
            Model = completion.Model ?? "",
        };
        if (completion.Usage is { } usage)
            result.Usage = new() { CompletionTokens = (ulong)usage.OutputTokenCount, PromptTokens = (ulong)usage.InputTokenCount, TotalTokens = (ulong)usage.TotalTokenCount };
        return result;
    }

    private static string FinishReason(ChatFinishReason reason) => reason switch
    {
        ChatFinishReason.Length => "length",
        ChatFinishReason.ContentFilter => "content_filter",
        ChatFinishReason.ToolCalls => "tool_calls",
        ChatFinishReason.FunctionCall => "function_call",
        _ => "stop",
    };

    /// <summary>Azure wants the version of its API with each request, and the key in a header of its own.</summary>
    private sealed class AzureRequests(string key, string version) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Change(message.Request);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Change(message.Request);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }

        private void Change(PipelineRequest request)
        {
            request.Uri = new UriBuilder(request.Uri!) { Query = $"api-version={Uri.EscapeDataString(version)}" }.Uri;
            request.Headers.Remove("Authorization");
            request.Headers.Set("api-key", key);
        }
    }

    /// <summary>The model's server refused; a retry policy may match its status.</summary>
    private sealed class ModelException(int status, string body) : Exception($"the model answered {status}: {(body.Length > 500 ? body[..500] : body)}"), Resiliency.IAppFailure
    {
        public int? AppStatus => status;
    }
}
