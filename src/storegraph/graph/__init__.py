"""What runs stages: topics and messages, the event-time merge, the dataflow, recording and replay."""
