// Starts the whole network as child processes; a command, with nothing to import.
export {};
