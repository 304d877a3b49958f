// What the database's module asks of Apache Arrow, which comes as a script of its own.
export const { RecordBatchReader, Table, tableToIPC } = globalThis.Arrow;
