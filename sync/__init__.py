"""Events and documents: what happened in the store, kept until the cloud has it; what headquarters told the store."""
