"""`python -m wenzheng`, where the folder of programs is not on the path."""

from wenzheng import main

if __name__ == "__main__":
    main()
