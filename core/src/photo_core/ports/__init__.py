"""What the domain needs from the world, as Protocols.

Each has a real implementation in `stores` or `streams`, a fake in `photo_core.fakes`, and one contract suite
in tests/contract that both pass. Every method may raise `EngineUnavailable`.
"""
