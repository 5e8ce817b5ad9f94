using Deepiri.Sidecar.Resiliency;

namespace Deepiri.Sidecar.Components;

/// <summary>A component cannot be started; the message is for the person who wrote its YAML.</summary>
internal sealed class ComponentException(string message, Exception? inner = null) : Exception(message, inner), IPermanentFailure;
