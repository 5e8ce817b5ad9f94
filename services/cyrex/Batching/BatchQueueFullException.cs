namespace Deepiri.Cyrex.Batching;

/// <summary>More requests wait for a model than may.</summary>
internal sealed class BatchQueueFullException() : Exception("Too many requests wait for the model.");
