namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary>A value and how sure it is, from 0 to 1.</summary>
internal sealed record Sure<T>(T Value, double Confidence);
