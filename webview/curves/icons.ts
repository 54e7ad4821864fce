/** The page's pictograms, as paths of 16 by 16. */
export const icons = {
  remove: 'M8 7.06 11.53 3.53l.94.94L8.94 8l3.53 3.53-.94.94L8 8.94l-3.53 3.53-.94-.94L7.06 8 3.53 4.47l.94-.94z',
  log: 'M3 1h7l3 3v11H3zm1 1v12h8V5H9V2zm1 5h6v1H5zm0 2h6v1H5zm0 2h4v1H5z',
  error:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1a6 6 0 1 0 0 12A6 6 0 0 0 8 2m2.6 2.7.7.7L8.7 8l2.6 2.6-.7.7L8 8.7l-2.6 2.6-.7-.7L7.3 8 4.7 5.4l.7-.7L8 7.3z',
  warning: 'M8 1.5 15.2 14H.8zm0 2L2.5 13h11zM7.5 6h1v4h-1zm0 5h1v1h-1z',
  info: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1a6 6 0 1 0 0 12A6 6 0 0 0 8 2m-.5 5h1v5h-1zm0-2.5h1v1.2h-1z',
};
