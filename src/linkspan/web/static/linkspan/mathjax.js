window.MathJax = {tex: {inlineMath: [["\\(", "\\)"]]}, options: {enableMenu: false}, startup: {typeset: true}};
