// Types of workerEntries.mjs for TypeScript that imports it.

export declare function isImporting(text: string, file: string): boolean;
