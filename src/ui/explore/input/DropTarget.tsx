// The whole window takes what is dropped or pasted: a picture, the weights of a model, label names. A drop shows where it lands.

import { useEffect, useRef, useState } from 'react';
import { filesFrom, type Transferred } from '../../../inputs/clipboard.ts';

interface DropTargetProps {
  readonly onTransfer: (transferred: Exclude<Transferred, { kind: 'nothing' }>) => void;
}

const bringsFile = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false;
/** A picture or a link out of another page: nothing to open, but to be told so. */
const bringsAddress = (transfer: DataTransfer | null): boolean => transfer?.types.includes('text/uri-list') ?? false;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, [contenteditable="true"]') !== null;

export function DropTarget({ onTransfer }: DropTargetProps) {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onTransfer);
  useEffect(() => {
    latest.current = onTransfer;
  }, [onTransfer]);
  useEffect(() => {
    const take = (transfer: DataTransfer | null, by: 'paste' | 'drop'): boolean => {
      const transferred = filesFrom(transfer, by);
      if (transferred.kind === 'nothing') return false;
      latest.current(transferred);
      return true;
    };
    const onDragOver = (event: DragEvent) => {
      if (!bringsFile(event.dataTransfer) && !bringsAddress(event.dataTransfer)) return;
      // Without this the browser leaves the page for the file.
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      setOver(bringsFile(event.dataTransfer));
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (take(event.dataTransfer, 'drop')) event.preventDefault();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!isTyping(event.target) && take(event.clipboardData, 'paste')) event.preventDefault();
    };
    const off = new AbortController();
    const { signal } = off;
    window.addEventListener('dragenter', onDragOver, { signal });
    window.addEventListener('dragover', onDragOver, { signal });
    window.addEventListener('dragleave', onDragLeave, { signal });
    window.addEventListener('drop', onDrop, { signal });
    window.addEventListener('paste', onPaste, { signal });
    return () => off.abort();
  }, []);
  if (!isOver) return null;
  return (
    <div className="drop-target">
      <div className="drop-target-card">
        <strong>Drop it here</strong>
        <p>A picture, the weights of a model, or a list of label names. Nothing leaves this page.</p>
      </div>
    </div>
  );
}
