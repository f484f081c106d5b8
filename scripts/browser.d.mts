// Types of browser.mjs for TypeScript that imports it.

export declare const BROWSER_ARGS: string[];
export declare function installedBrowsers(): string[];
export declare function firstBrowser(): string | undefined;
export declare function requireBrowser(): Promise<string>;
