namespace Dapr.Actors;

/// <summary>Marks an interface as that of an actor: its methods return <see cref="Task"/> or <see cref="Task{TResult}"/>.</summary>
public interface IActor;
