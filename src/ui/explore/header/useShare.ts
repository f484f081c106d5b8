// Copies the link of this view. Where the browser forbids it, the share dialog shows the link instead.

import { useCallback, useEffect, useState } from 'react';
import { useApp } from '../../appContext.tsx';

/** How long the button says that it is done, ms. */
const SAID_MS = 2000;

export function useShare(): { readonly share: () => void; readonly isCopied: boolean } {
  const setTransient = useApp((state) => state.setTransient);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const share = useCallback(() => {
    const showInstead = () => setTransient({ dialog: 'share' });
    // Absent outside secure contexts.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    if (!clipboard) showInstead();
    else clipboard.writeText(window.location.href).then(() => setCopied(true), showInstead);
  }, [setTransient]);
  return { share, isCopied };
}
