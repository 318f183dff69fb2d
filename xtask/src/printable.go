// Prints the ranges of characters that strconv.Quote leaves as they are: "first, last" a line.
package main

import (
	"fmt"
	"strconv"
	"unicode"
)

func main() {
	first := rune(-1)
	for r := rune(0); r <= unicode.MaxRune+1; r++ {
		switch printable := r <= unicode.MaxRune && strconv.IsPrint(r); {
		case printable && first < 0:
			first = r
		case !printable && first >= 0:
			fmt.Printf("%d, %d\n", first, r-1)
			first = -1
		}
	}
}
