// Types of isolation.mjs for TypeScript that imports it.

export declare const ISOLATION: Record<string, string>;
